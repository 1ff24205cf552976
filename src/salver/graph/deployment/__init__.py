"""SeldonDeployment documents, read as they are: text in, frozen dataclasses out. Nothing is opened, fetched or run."""
