"""Whatever the other side sends is a value or a documented refusal, in bounded memory."""
