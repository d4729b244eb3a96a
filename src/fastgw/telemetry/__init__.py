"""What the gateway says about itself; imports nothing above layer 0 and never fails its caller."""
