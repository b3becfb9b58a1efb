"""The parts of the screen: they paint what they are given and post what the user did."""
