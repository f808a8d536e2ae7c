"""What facts are made of: money, dates, ids, and the words that a rule refuses with."""
