"""How little the product asks and costs, beside rivals and floors of the same run. Never shipped."""
