"""The workflow as data: status groups, statuses, transitions, cancel reasons, calendars."""
