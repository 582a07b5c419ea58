"""Old content on its way in: each module turns one kind of source into articles under content/ and reports the rest."""
