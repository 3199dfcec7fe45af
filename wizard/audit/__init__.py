"""JUDGE: facts and spec in, findings out. Pure: nothing here looks at the world."""
