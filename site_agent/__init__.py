"""The agent inside a hospital: it dials out, contributes masked sums and keeps figures at home."""
