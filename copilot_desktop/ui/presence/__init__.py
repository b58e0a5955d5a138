"""The program beside its window: tray, notifications, one window a profile."""
