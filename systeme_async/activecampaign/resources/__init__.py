"""The resources of ActiveCampaign: groups of calls, a file each."""
