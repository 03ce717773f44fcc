"""What the tests share: charts, an EHR that plays requests, examples, checks of cards."""
