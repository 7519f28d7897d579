"""match and judge: which known false claims could a post be about, and does it assert them?"""
