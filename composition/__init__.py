"""The parts of the program, which `__main__` puts together: settings and parts in, components out."""
