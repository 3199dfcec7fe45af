"""Values to text: the formats that the headless door prints. Pure; nothing here reads, writes or decides."""
