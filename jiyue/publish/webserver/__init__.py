"""Configurations of web servers (nginx, Caddy), generated from one policy and tested against the real servers."""
