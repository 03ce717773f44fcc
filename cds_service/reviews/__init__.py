"""What people at a site have compared row by row: the files that say so, and the states that rows get from them."""
