"""What a document is and how it comes to an answer, as plain data and as text: for people, never for computing."""
