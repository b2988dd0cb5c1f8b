"""What a deployment would change: a preview read, judged for the data it would lose, told in Markdown."""
