"""Opening: files and folders become nodes of graphs, and graphs become servables."""
