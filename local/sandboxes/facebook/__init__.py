"""Facebook's pages, as the Graph API shows them to an app. https://developers.facebook.com/docs/pages-api"""
