"""Imports old content: converts one kind of source into articles under content/ and reports what it could not convert."""
