"""What scripts/chaos is made of: begin with campaign.py."""
