"""What codes mean: reads vocab/ and catalog/."""
