"""The pages of the links: a few forms of plain HTML, served in the daemon's loop; off unless configured (RES-2)."""
