"""An ActiveCampaign that behaves: its account, its server and how that speaks."""
