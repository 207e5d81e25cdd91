"""score: merges each paper's mentions into the table; the only step that writes papers."""
