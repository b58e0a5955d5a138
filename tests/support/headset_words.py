"""What is said in `headset_call`; apart, so that a test can know it without loading the program."""

SENTENCE = "I have found your order, and a new lamp will arrive on Thursday before noon."
"""Spoken into the microphone."""
TYPED = "I have found your order in the warehouse. A new lamp will arrive on Thursday."
"""Typed by the agent, said by the assistant's voice."""
GIVEN = "Hello, I would like to speak to a person, please."
ANSWER = "That is very kind of you. I will be at home on Thursday morning."
"""What the caller says before and after."""
