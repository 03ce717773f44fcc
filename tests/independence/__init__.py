"""Does each check decide the same alone as beside all others?"""
