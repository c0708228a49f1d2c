"""The census: reading and checking files of any origin, making up synthetic ones, describing either."""
