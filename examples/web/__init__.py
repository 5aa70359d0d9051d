"""A web backend on bitrix_im: one client for the process's life, JSON with cursors and deadlines, live updates."""
