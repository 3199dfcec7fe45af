"""The five steps composed, the only thing the doors call: `opening` reads and judges, `work` proposes and does,
`proof` proves."""
