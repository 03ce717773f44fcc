"""What holds in every indication: pregnancy prevention, allergies and severe reactions, other toxicity, supply."""
