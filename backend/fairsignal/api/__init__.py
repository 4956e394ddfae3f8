"""HTTP edges: the operator's backend and the keeper. Errors are RFC 9457 problems."""
