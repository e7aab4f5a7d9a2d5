"""The steps that `modlab bench` takes, written with PyTorch as well as its authors can."""
