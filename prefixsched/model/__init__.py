"""The problem: instances, prompts, their radix trie, prefill costs, and set-up times."""
