"""A label as its publisher ships it, read to be compared with the rows that cite it. Pure: text in, findings out."""
