"""How every screen and dialog looks, in both languages, at three sizes, dark and light: drawn, checked and kept as text."""
