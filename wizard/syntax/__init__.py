"""Pure text to positioned trees, shared by the readers (`stack`) and the splicers (`plan`)."""
