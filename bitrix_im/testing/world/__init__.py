"""What is (World), and what one user sees of it (Viewer)."""
