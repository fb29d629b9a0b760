"""Tasks: what somebody is to do, and messages drafted for customers."""
