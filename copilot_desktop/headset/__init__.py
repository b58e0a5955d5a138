"""The agent's own microphone and earphones, through Qt Multimedia. Without a sound system it says so."""
