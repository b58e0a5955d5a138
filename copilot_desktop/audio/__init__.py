"""Sound as numbers: G.711 bytes and PCM arrays in, the same out. No clock, no I/O. Anyone may import it."""
