"""Training and measuring the model. Not part of the running desk: `fit` needs scikit-learn (extra `dev`)."""
