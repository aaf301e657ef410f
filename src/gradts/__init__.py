"""GradTS: auxiliary task selection for multi-task learning from attention-head gradients."""
