"""DO: writes what a plan proposes, all of it or nothing, as one commit; puts it back; undoes it later."""
