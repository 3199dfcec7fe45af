"""The flow of a service that has one side only: it gives without taking, or takes and gives nothing."""
