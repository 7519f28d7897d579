"""The workbench: a page on this machine where staff try posts and change claims before anybody else notices.

`server` takes requests, those of the forms of what is new `forms`; `guard` says who may ask, `bench` runs what takes
long, `judging` is the only user of the models; `files`, `draft` and `views` decide and are pure; `pages/` and `static/`
are what a browser is given.
"""
