"""People: users, roles and absences."""
