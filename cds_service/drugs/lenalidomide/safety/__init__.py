"""What several checks look at, whatever lenalidomide is given for."""
