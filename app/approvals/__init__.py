"""The second person: one mechanism for every act that one person may not do alone."""
