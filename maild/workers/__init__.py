"""What works on what intake stored: the processor and its parser process, the clockwork, and the courier with its relay."""
